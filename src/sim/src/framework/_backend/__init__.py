"""The parts of the framework that hold nothing of a process: run once, shared by every process.

What a process can change (the objects that learners import, the models of the ORM) is made by `backend`. Nothing
here may be written to once it is loaded.
"""
