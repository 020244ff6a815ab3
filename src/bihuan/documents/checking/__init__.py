"""Measures a docx against GB/T 9704-2012 (公文格式校验), whoever made it.

Reads the file itself and has figures of its own: nothing here comes from `documents.gongwen`, or the two could be wrong
together.
"""
