"""How text becomes vectors, and how speech becomes text: what several components learn with.

| room | what is in it | needs torch |
| --- | --- | --- |
| `encoder` | BERT and RoBERTa encoders, split into a frozen trunk and each task's top; LoRA; texts read once | yes |
| `training` | the one loop that trains all tasks | yes |
| `export` | torch to ONNX, and to int8 | yes |
| `states` | token states of texts, put together to sequences | no |
| `runtime` | tokeniser, trunk and tops for serving | no |
| `artifact` | what a training leaves behind, with its card | no |
| `noise` | what a recogniser may have heard | no |
"""

__all__: list[str] = []
