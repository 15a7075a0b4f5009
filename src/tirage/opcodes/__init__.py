"""Opcode lists: the operations that a DNG asks for between stored values and the demosaiced picture.

Paper: DNG 1.7.1, chapter 7. Domain: the bytes of OpcodeList1, 2 and 3; range: the operations of `photo.operations`, in
order, and pixels that they acted on. Warps act in `developing.geometry`.
"""
