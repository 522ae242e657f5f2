"""One package a page; pages find each other through navigation and actions alone."""
