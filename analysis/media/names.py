"""What the names of files end with that the decoder opens: how a folder's files are chosen.

Sound alone is left out, and so is what only lists other files. Raw photos of cameras are too: what
is decoded of them is not what they show.
"""

from __future__ import annotations

# fmt: off
PICTURE_ENDINGS = frozenset({
    ".jpg", ".jpeg", ".jpe", ".jfif", ".jfi", ".jif", ".pjpeg", ".pjp", ".ljpg", ".mpo", ".jps",
    ".png", ".webp", ".bmp", ".dib", ".tif", ".tiff", ".avif", ".avifs", ".heic", ".heics", ".heif",
    ".heifs", ".hif", ".jxl", ".tga", ".pam",
})
VIDEO_ENDINGS = frozenset({
    ".mp4", ".mp4v", ".mpg4", ".m4v", ".m4s", ".mov", ".qt", ".mj2", ".f4v", ".f4p", ".ismv",
    ".psp", ".insv", ".lrv", ".3gp", ".3gpp", ".3g2", ".3gpp2",
    ".webm", ".mkv", ".mk3d", ".avi", ".divx",
    ".mpg", ".mpeg", ".mpe", ".m1v", ".m2v", ".mpv", ".m2p", ".vob", ".vro", ".mod", ".tod",
    ".ts", ".mts", ".m2t", ".m2ts", ".tp", ".trp",
    ".flv", ".asf", ".wm", ".wmv", ".dvr-ms", ".ogv", ".ogm", ".ogx", ".rm", ".rmvb",
    ".gif", ".apng", ".mxf", ".nut", ".dv", ".dif", ".ivf", ".obu", ".y4m", ".vc1",
    ".264", ".h264", ".h26l", ".avc", ".265", ".h265", ".hevc",
})
# fmt: on
ENDINGS = PICTURE_ENDINGS | VIDEO_ENDINGS
