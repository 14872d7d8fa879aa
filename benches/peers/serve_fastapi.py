"""The original project's model behind FastAPI, for `serve.py`: what a team writes around its `predict.py`.

A user becomes a frame of one row, `get_dummies` encodes it, and the columns are put in the order of the saved names. uvicorn runs it
with uvloop and httptools; the handler is `async`, which saves a thread for each request, as nothing in it waits.
"""

import os

import joblib
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

folder = os.environ["ASSIST_PEER_MODEL"]
model = joblib.load(os.path.join(folder, "logistic_model.pkl"))
features = joblib.load(os.path.join(folder, "model_features.pkl"))
app = FastAPI()


class User(BaseModel):
    error_count: int
    task_completion_time_sec: float
    user_satisfaction_score: float
    age_group: str
    device_type: str
    input_mode: str
    task_type: str


@app.post("/predict")
async def predict(user: User):
    encoded = pd.get_dummies(pd.DataFrame([user.model_dump()])).reindex(columns=features, fill_value=0)
    probability = float(model.predict_proba(encoded)[0, 1])
    return {"prediction": int(probability > 0.5), "probability": probability}
