"""Why something that a moderator asked for was not done: a stable code and a sentence."""

from __future__ import annotations


class Refusal(Exception):
    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
