"""The colleagues of a customer's admin: who is there, who is invited, and the mail domains by which they come in themselves."""
