"""A graph's matrices in int8."""

import logging

from onnx import ModelProto
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

__all__ = ["BLOCK", "quantise"]

#: Weights and, as they come, inputs are scaled in blocks of so many.
BLOCK = 32


def quantise(model: ModelProto) -> ModelProto:
    """Return a graph whose constant matrices are int8, and which multiplies in int8.

    Every 32 weights have a scale of their own, and every 32 numbers of a token's state get one when they come. So a
    token's result is the same whatever is in the batch beside it. onnxruntime's `quantize_dynamic` scales a whole batch
    at once: a text's states then depend on its neighbours, and are several times further from the original
    (`selflearn bench encoder` has both).

    Parameters
    ----------
    model
        Changed as well; take a copy to keep it.
    """
    logging.getLogger("onnxruntime.quantization.matmul_nbits_quantizer").setLevel(logging.WARNING)
    quantiser = MatMulNBitsQuantizer(
        model, bits=8, block_size=BLOCK, is_symmetric=True, accuracy_level=4, op_types_to_quantize=("MatMul",)
    )
    quantiser.process()
    quantised = quantiser.model.model
    assert isinstance(quantised, ModelProto)
    return quantised
