"""The whole system on one machine, out of pip wheels: `python -m deploy.local`."""
