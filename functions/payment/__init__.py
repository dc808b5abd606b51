"""The Lambda functions of the payment workflow, one module each."""
