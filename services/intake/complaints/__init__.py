"""What happens to a complaint after it was received: put right, withdrawn, answered safely."""
