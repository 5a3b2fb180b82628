"""The shipped double of language and vision-language models: a server that knows a world.

A world file says what can be seen or heard when, and how closely one must look. The server only
tells what follows from the frames and the text that it was sent.
"""
