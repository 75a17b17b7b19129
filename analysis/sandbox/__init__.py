"""Run work on a stranger's bytes in a child process that cannot hurt anybody.

    with Sandbox(
        "analysis.media.decode_child:decode",        # module:function, imported inside the child
        {"path": str(path)},                         # its arguments: anything that JSON can carry
        readable=(path,),                            # what it may read besides its own code
        folder=None,                                 # the one folder it may write to, or none
        limits=SandboxLimits(wall_s=60, cpu_s=60, memory_bytes=2 << 30),
    ) as box:
        for message in box.messages():               # None every quarter second of silence
            if message is not None:
                use(message.header, message.payload)
        answer = box.result

In the child, ``def decode(arguments, channel)`` calls ``channel.send({...}, payload)`` as often as
it likes (a slow reader makes it wait) and returns what becomes ``box.result``. ``run_guarded`` does
all of this for work that has only an answer.

What comes out of ``messages()`` besides messages:
    VideoProblem     raised in the child and raised again here
    ChildRaised      any other exception of the child; ``kind`` is its class name
    ChildDied        ``reason`` says how: wall_clock, silence, cpu, memory, killed, crash,
                     protocol
Leaving the ``with`` block, by whatever way, kills the child and reaps it. A child also dies with
the thread that started it, so kill -9 of the parent leaves nothing running. With ``warm="module"``
the child is forked from a process that has that module imported and has met no stranger's byte.

The layers, each useful without the others; ``guard_layers()`` says which this kernel gives:
    limits             processor, memory, file size, open files; no privileges, none to gain
    audit_hook         Python's irremovable hook: no program, no socket, no write outside, no ctypes
    seccomp            the same in the kernel, for native code too
    landlock           files: read only what is named, write only in the folder
    network_namespace  an empty network of its own
A child that may use the network (``network=PublicNetwork(...)``) still cannot connect. It asks for
a connection by name; the parent resolves the name, checks each address, connects to that very
address and hands over the open socket. So the check is out of reach of whatever runs in the child.
"""

from analysis.sandbox.box import (
    ChildDied,
    ChildRaised,
    Sandbox,
    SandboxLimits,
    guard_layers,
    make_ready,
    run_guarded,
)
from analysis.sandbox.broker import PublicNetwork
from analysis.sandbox.messages import Message
from analysis.sandbox.public_address import is_public

__all__ = [
    "ChildDied",
    "ChildRaised",
    "Message",
    "PublicNetwork",
    "Sandbox",
    "SandboxLimits",
    "guard_layers",
    "is_public",
    "make_ready",
    "run_guarded",
]
