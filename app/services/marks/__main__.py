from app.services.marks import write

write()
