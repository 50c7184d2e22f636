"""Expressions of a case: operators by MATLAB's precedence, and tables in brackets where blanks separate cells."""

from __future__ import annotations

from gridprio.grid.matpower.refusal import Refusal, Refused
from gridprio.grid.matpower.syntax import (
    All,
    Binary,
    Call,
    End,
    Expression,
    Field,
    Name,
    Number,
    Range,
    Row,
    Table,
    Text,
    Transpose,
    Unary,
)
from gridprio.grid.matpower.tokens import CLOSING, Token
from gridprio.text import sentence

OF_RANGE = 6
PRECEDENCE = {
    "||": 1,
    "&&": 2,
    "|": 3,
    "&": 4,
    **dict.fromkeys(("==", "~=", "!=", "<", "<=", ">", ">="), 5),
    ":": OF_RANGE,
    **dict.fromkeys(("+", "-"), 7),
    **dict.fromkeys(("*", "/", "\\", ".*", "./", ".\\"), 8),
}
SIGNS = ("+", "-", "~", "!")
ENDS = {"newline": "found.end_of_line", "end": "found.end_of_file"}


def nested_too_deeply(line: int, found: str) -> Refusal:
    what, expected = sentence("problem.nested_too_deeply"), sentence("expected.few_levels")
    return Refusal(line, what, found, expected, sentence("remedy.write_value_itself"))


class ExpressionParser:
    """A position in the tokens, and the brackets that are open there."""

    def __init__(self, tokens: list[Token], lines: list[str]) -> None:
        self.tokens, self.lines = tokens, lines
        self.at = 0
        self.headers = 0
        self.opened: list[Token] = []
        self.refusals: list[Refusal] = []

    @property
    def peek(self) -> Token:
        return self.tokens[self.at]

    def advance(self) -> Token:
        token = self.tokens[self.at]
        self.at += token.kind != "end"
        return token

    def expect(self, text: str) -> Token:
        if self.peek.text != text:
            raise self.unexpected(repr(text))
        return self.advance()

    def source(self, line: int) -> str:
        return self.lines[line - 1].strip()

    def unexpected(self, expected: str) -> Refusal:
        token = self.peek
        found = sentence(ENDS[token.kind]) if token.kind in ENDS else token.text
        if token.kind == "wrong":
            found = f"{token.text} (U+{ord(token.text):04X})"
        line = self.source(token.line)[:60]
        remedy = sentence("remedy.correct_this_line", line=line) if line else sentence("remedy.correct_line")
        return Refusal(token.line, sentence("problem.not_written_so"), found, expected, remedy)

    def skip_statement(self) -> None:
        """To the end of the statement, or to the next line that looks like one where a bracket was left open."""
        depth = len(self.opened)
        self.opened.clear()
        while self.peek.kind != "end":
            token = self.peek
            depth += (token.text in CLOSING) - (token.text in CLOSING.values())
            if token.kind == "newline" and (depth <= 0 or self._begins_assignment(self.at + 1)):
                return
            if token.text == ";" and depth <= 0:
                return
            self.advance()

    def skip_to_end(self) -> None:
        self.at = len(self.tokens) - 1

    def _begins_assignment(self, at: int) -> bool:
        if self.tokens[at].kind != "name":
            return False
        while self.tokens[at].kind not in ("newline", "end"):
            if self.tokens[at].text == "=" and self.tokens[at].kind == "op":
                return True
            at += 1
        return False

    def expression(self, least: int = 1) -> Expression:
        left = self._signed()
        while True:
            token = self.peek
            precedence = PRECEDENCE.get(token.text, 0) if token.kind == "op" else 0
            if precedence < least or self._separates(token):
                return left
            self.advance()
            right = self.expression(precedence + 1)
            if precedence != OF_RANGE:
                left = Binary(token.text, left, right, token.line)
            elif self.peek.text == ":":
                self.advance()
                left = Range(left, right, self.expression(OF_RANGE + 1), token.line)
            else:
                left = Range(left, None, right, token.line)

    def _in_table(self) -> bool:
        return bool(self.opened) and self.opened[-1].text != "("

    def _separates(self, token: Token) -> bool:
        """In a table `[a -b]` has two cells; `[a - b]` and `[a-b]` have one."""
        return token.text in SIGNS and self._in_table() and token.space and not self.tokens[self.at + 1].space

    def _signed(self) -> Expression:
        signs: list[Token] = []
        while self.peek.kind == "op" and self.peek.text in SIGNS:
            signs.append(self.advance())
        value = self._power()
        for sign in reversed(signs):
            value = Unary(sign.text, value, sign.line)
        return value

    def _power(self) -> Expression:
        left = self.postfix()
        while self.peek.kind == "op" and self.peek.text in ("^", ".^", "'", ".'"):
            token = self.advance()
            if token.text in ("'", ".'"):
                left = Transpose(left, token.line)
                continue
            signs: list[Token] = []
            while self.peek.kind == "op" and self.peek.text in SIGNS:
                signs.append(self.advance())
            exponent = self.postfix()
            for sign in reversed(signs):
                exponent = Unary(sign.text, exponent, sign.line)
            left = Binary(token.text, left, exponent, token.line)
        return left

    def postfix(self) -> Expression:
        """A value with its fields and indices."""
        value = self._primary()
        while self.peek.kind == "op" and not (self._in_table() and self.peek.space):
            if self.peek.text == ".":
                self.advance()
                if self.peek.kind != "name":
                    raise self.unexpected(sentence("expected.name_of_field"))
                token = self.advance()
                value = Field(value, token.text, token.line)
            elif self.peek.text == "(":
                value = self._call(value)
            else:
                break
        return value

    def _call(self, of: Expression) -> Call:
        opened = self.advance()
        self.opened.append(opened)
        arguments: list[Expression] = []
        while self.peek.text != ")":
            following = self.tokens[self.at + 1].text
            if self.peek.text == ":" and following in (",", ")"):
                arguments.append(All(self.advance().line))
            else:
                arguments.append(self.expression())
            if self.peek.text == ",":
                self.advance()
            elif self.peek.text != ")":
                raise self.unexpected(sentence("expected.comma_or_bracket"))
        self.advance()
        self.opened.pop()
        return Call(of, tuple(arguments), opened.line)

    def _primary(self) -> Expression:
        token = self.peek
        match token.kind:
            case "number":
                self.advance()
                if self.peek.kind in ("name", "number") and not self.peek.space:
                    self.at -= 1
                    what, expected = sentence("problem.no_number_in_cell"), sentence("expected.decimal_digits")
                    found = token.text + self.tokens[self.at + 1].text
                    raise Refusal(token.line, what, found, expected, sentence("remedy.write_decimal"))
                return Number(float(token.text.lower().replace("d", "e")), token.line)
            case "text":
                self.advance()
                quote = token.text[0]
                return Text(token.text[1:-1].replace(quote * 2, quote), token.line)
            case "name" if token.text == "end":
                if not any(bracket.text == "(" for bracket in self.opened):
                    raise self.unexpected(sentence("expected.value"))
                return End(self.advance().line)
            case "name":
                self.advance()
                return Name(token.text, token.line)
        if token.kind == "op" and token.text == "(":
            self.opened.append(self.advance())
            value = self.expression()
            self.expect(")")
            self.opened.pop()
            return value
        if token.kind == "op" and token.text in ("[", "{"):
            return self._table()
        raise self.unexpected(sentence("expected.value"))

    def _table(self) -> Table:
        opened = self.advance()
        self.opened.append(opened)
        depth = len(self.opened)
        rows: list[Row] = []
        refused = len(self.refusals)
        while self.peek.text != CLOSING[opened.text]:
            if self.peek.kind == "end" or (self.peek.kind == "newline" and self._begins_assignment(self.at + 1)):
                what, found = sentence("problem.not_closed", bracket=repr(opened.text)), self.source(opened.line)
                closing = CLOSING[opened.text]
                remedy = sentence("remedy.close_table", closing=closing)
                raise Refusal(opened.line, what, found, repr(closing), remedy)
            if self.peek.kind == "newline" or self.peek.text == ";":
                self.advance()
                continue
            if self.peek.text in CLOSING.values():
                raise self.unexpected(repr(CLOSING[opened.text]))
            try:
                rows.append(self._row())
            except Refusal as refusal:
                self.refusals.append(refusal)
                self._skip_row(depth)
        self.advance()
        self.opened.pop()
        if len(self.refusals) > refused:
            raise Refused
        return Table(tuple(rows), opened.text == "{", opened.line)

    def _row(self) -> Row:
        line = self.peek.line
        if self.peek.kind == "numbers":
            numbers = self.advance().numbers
            if self.peek.text == ",":
                self.advance()
            return Row(line, numbers, ())
        cells = [self.expression()]
        while not self._at_end_of_row():
            if self.peek.text == ",":
                self.advance()
                if self._at_end_of_row():
                    break
            elif not self.peek.space:
                raise self.unexpected(sentence("expected.cell_separator"))
            cells.append(self.expression())
        return Row(line, (), tuple(cells))

    def _at_end_of_row(self) -> bool:
        return self.peek.kind in ("newline", "end") or self.peek.text in (";", "]", "}")

    def _skip_row(self, depth: int) -> None:
        inner = len(self.opened) - depth
        del self.opened[depth:]
        while self.peek.kind != "end":
            token = self.peek
            if token.kind == "newline" or (inner <= 0 and self._at_end_of_row()):
                return
            inner += (token.text in CLOSING) - (token.text in CLOSING.values())
            self.advance()
