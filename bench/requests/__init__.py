"""The same questions to this hub and to others: requests a second, patience, processor time, memory."""
