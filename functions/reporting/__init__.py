"""Reports about payments, for an account that must never see card data.

export.py and push.py run in the account of the payments, build.py and receive.py in that of the reports.
"""
