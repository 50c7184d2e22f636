"""Everything that is said to people: codes with parameters in, sentences in Dutch and English out."""

from gridprio.text.amounts import interval, month
from gridprio.text.codes import element
from gridprio.text.columns import column_text
from gridprio.text.language import LANGUAGES, Language, Text, both, lower, same
from gridprio.text.message import Message, message
from gridprio.text.numbers import decimals_for, join, number, percent, significant
from gridprio.text.sentence import Sentence, in_language, one_sentence, sentence, word_stored
from gridprio.text.system import system_words
from gridprio.text.wording import say, word, word_element, word_kind, word_message

__all__ = [
    "LANGUAGES",
    "Language",
    "Message",
    "Sentence",
    "Text",
    "both",
    "column_text",
    "decimals_for",
    "element",
    "in_language",
    "interval",
    "join",
    "lower",
    "message",
    "month",
    "number",
    "one_sentence",
    "percent",
    "same",
    "say",
    "sentence",
    "significant",
    "system_words",
    "word",
    "word_element",
    "word_kind",
    "word_message",
    "word_stored",
]
