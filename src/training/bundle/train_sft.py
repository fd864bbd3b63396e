"""Trains a LoRA adapter on conversations with TRL, by recipe.json beside this file.

    pip install "trl[peft]"
    python train_trl.py

The adapter ends up in out/trl. A broken-off run goes on from its last epoch.
"""

import json
from pathlib import Path

from datasets import load_dataset
from peft import LoraConfig
from transformers.trainer_utils import get_last_checkpoint
from trl import SFTConfig, SFTTrainer

HERE = Path(__file__).resolve().parent
OUT = HERE / "out" / "trl"


def main() -> None:
    recipe = json.loads((HERE / "recipe.json").read_text(encoding="utf-8"))
    files = {"train": str(HERE / "data" / "trl" / "train.jsonl")}
    validation = HERE / "data" / "trl" / "validation.jsonl"
    if validation.exists():
        files["validation"] = str(validation)
    data = load_dataset("json", data_files=files)

    settings = SFTConfig(
        output_dir=str(OUT),
        seed=recipe["seed"],
        num_train_epochs=recipe["epochs"],
        per_device_train_batch_size=recipe["batch_size"],
        learning_rate=recipe["learning_rate"],
        max_length=recipe["max_length"],
        # The rows are prompt and completion: only the answer is learnt.
        completion_only_loss=True,
        eval_strategy="epoch" if "validation" in data else "no",
        save_strategy="epoch",
        logging_steps=1,
        report_to="none",
    )
    adapter = LoraConfig(
        task_type="CAUSAL_LM",
        r=recipe["lora_rank"],
        lora_alpha=recipe["lora_alpha"],
        lora_dropout=recipe["lora_dropout"],
        target_modules="all-linear",
    )
    trainer = SFTTrainer(
        model=recipe["base_model"],
        args=settings,
        train_dataset=data["train"],
        eval_dataset=data["validation"] if "validation" in data else None,
        peft_config=adapter,
    )
    trainer.train(resume_from_checkpoint=get_last_checkpoint(str(OUT)) if OUT.exists() else None)
    trainer.save_model(str(OUT))


if __name__ == "__main__":
    main()
