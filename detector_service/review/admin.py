"""What the admin shows. Nothing here can be changed but accounts; cases have their own pages."""
