"""What is on disk, read into one value: settings, template, workflows, functions, rules, routes."""
