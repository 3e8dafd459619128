"""Reprimands and threats: how people behaved, where nothing else looks."""
