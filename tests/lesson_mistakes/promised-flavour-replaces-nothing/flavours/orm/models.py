from backend.orm import Model
