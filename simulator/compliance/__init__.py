"""Evidence for PCI DSS requirements from templates, definitions and runs. Evidence, no assessment."""
