"""Official documents after GB/T 9704-2012 (公文格式): what they say, and how it is set as docx and as PDF."""
