"""What changed between two versions of a workflow, as a reader of the workflow would say it."""
