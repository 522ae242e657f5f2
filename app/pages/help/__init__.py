"""Help: pages that ship with the program, and pages made from settings and actions."""
