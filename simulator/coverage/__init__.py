"""What executions took of a workflow: states, transitions, rules, retriers, catchers, failures, decisions."""
