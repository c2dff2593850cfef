"""The parts of the ORM that hold nothing of a process."""
