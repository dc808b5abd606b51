"""TaskRunners: who does the work of a Task state."""
