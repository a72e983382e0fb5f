"""The absorbing Markov chain: its model and its solvers."""

from rewrite_offline.chain.certified import CertifiedSolver, CertifiedWinners
from rewrite_offline.chain.direct import DirectSolver
from rewrite_offline.chain.exact import ExactSolver, Solver, Winners, choose
from rewrite_offline.chain.model import AbsorbingChain

__all__ = [
    "AbsorbingChain",
    "CertifiedSolver",
    "CertifiedWinners",
    "DirectSolver",
    "ExactSolver",
    "Solver",
    "Winners",
    "choose",
]
