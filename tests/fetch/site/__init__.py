"""A web site that means no good: real HTTP and HTTPS on this machine's loopback addresses."""
