"""Wires: where an animation can be sent while its sound plays. A module here is a plug-in, named after its file.

It has `PORT`, `messages(animation, subject) -> Iterator[list[bytes]]` (the datagrams of each frame, in order, converted and in
range) and `rest(subject) -> list[bytes]`, which leaves the face at rest.
"""
