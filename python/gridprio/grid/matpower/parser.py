"""Statements of a case: what each line does to which variable (the grammar stands in docs/matpower.md)."""

from __future__ import annotations

from gridprio.grid.matpower.expressions import ExpressionParser, nested_too_deeply
from gridprio.grid.matpower.refusal import Refusal, Refused, by_hand
from gridprio.grid.matpower.syntax import (
    Assignment,
    Broken,
    Call,
    Condition,
    Expression,
    Field,
    Header,
    Name,
    NamesOfColumns,
    Return,
    Statement,
)
from gridprio.grid.matpower.tokens import Token
from gridprio.text import sentence

LOOPS = ("for", "parfor", "while", "switch", "try", "do", "unwind_protect")
BLOCKS = ("if", *LOOPS)
OF_THE_FUNCTION = ("end", "endfunction")
CLOSES_BLOCK = ("end", "endif", "endfor", "endwhile", "endswitch", "end_try_catch", "end_unwind_protect")


class Parser(ExpressionParser):
    """Reads statement after statement; one that is not understood is refused and the next one is read."""

    def statements(self, ends: tuple[str, ...] = ()) -> list[Statement]:
        """Up to the end of the text, or to one of the words `ends`."""
        found: list[Statement] = []
        while self.peek.kind != "end":
            if self.peek.kind == "newline" or self.peek.text in (";", ","):
                self.advance()
                continue
            if ends and self.peek.text in ends:
                break
            try:
                statement = self._statement()
                if statement is not None:
                    found.append(statement)
                self._end_of_statement()
            except (Refusal, Refused, RecursionError) as error:
                self._refuse_rest(error)
        return found

    def _refuse_rest(self, error: Exception) -> None:
        """Of the statement that stands here."""
        if isinstance(error, Refusal):
            self.refusals.append(error)
        elif isinstance(error, RecursionError):
            self.refusals.append(nested_too_deeply(self.peek.line, self.source(self.peek.line)))
        self.skip_statement()

    def _statement(self) -> Statement | None:
        token = self.peek
        if token.kind == "name":
            match token.text:
                case "function":
                    return self._header()
                case "if":
                    return self._condition()
                case "return":
                    return Return(self.advance().line)
                case "define_constants":
                    self.advance()
                    return None
                case word if word in OF_THE_FUNCTION:
                    self.advance()
                    return None
                case word if word in LOOPS:
                    self._skip_block()
                    raise self._not_evaluated(token, sentence("case_statement.block", word=repr(word)))
        names = self._names_before_equals() if token.text == "[" else None
        if names is not None:
            return self._names_of_columns(names)
        target = self._target()
        line = self.expect("=").line
        try:
            return Assignment(target, self.expression(), line)
        except (Refusal, Refused, RecursionError) as error:
            self._refuse_rest(error)
            return Assignment(target, Broken(line), line)

    def _target(self) -> Expression:
        token = self.peek
        if token.kind != "name":
            raise self._not_evaluated(token, sentence("case_statement.this_one"))
        target = self.postfix()
        if self.peek.text != "=" or not _can_be_set(target):
            raise self._not_evaluated(token, sentence("case_statement.this_one"))
        return target

    def _not_evaluated(self, token: Token, what: str) -> Refusal:
        said, expected = sentence("problem.not_evaluated", what=what), sentence("expected.assignment")
        return Refusal(token.line, said, self.source(token.line), expected, by_hand())

    def _end_of_statement(self) -> None:
        if self.peek.kind not in ("newline", "end") and self.peek.text not in (";", ","):
            raise self.unexpected(sentence("expected.end_of_statement"))

    def _header(self) -> Header:
        """`function out = name(...)`, `function [out, out] = name` or `function name`"""
        line = self.advance().line
        outputs: list[str] = []
        words: list[Token] = []
        while self.peek.kind not in ("newline", "end") and self.peek.text != ";":
            token = self.advance()
            if token.text == "=":
                outputs = [word.text for word in words if word.kind == "name"]
                if not outputs:
                    raise self._not_evaluated(token, sentence("case_statement.function_without_result"))
            words.append(token)
        if self.headers:
            token = Token("name", "function", line, False)
            self.skip_to_end()
            raise self._not_evaluated(token, sentence("case_statement.second_function"))
        self.headers += 1
        return Header(tuple(outputs), line)

    def _condition(self) -> Condition:
        line = self.advance().line
        branches: list[tuple[Expression | None, tuple[Statement, ...]]] = []
        test: Expression | None = self.expression()
        while True:
            body = self.statements(("elseif", "else", *CLOSES_BLOCK))
            branches.append((test, tuple(body)))
            word = self.advance()
            if word.kind == "end":
                what, remedy = sentence("problem.if_open"), sentence("remedy.close_if")
                raise Refusal(line, what, self.source(line), "end", remedy)
            if word.text in CLOSES_BLOCK:
                return Condition(tuple(branches), line)
            test = self.expression() if word.text == "elseif" else None

    def _names_before_equals(self) -> list[Token] | None:
        """The tokens of `[...]` where `=` follows it."""
        at = self.at + 1
        while self.tokens[at].kind in ("name",) or self.tokens[at].text in (",", "~"):
            at += 1
        if self.tokens[at].text != "]" or self.tokens[at + 1].text != "=":
            return None
        names = self.tokens[self.at + 1 : at]
        self.at = at + 2
        return [token for token in names if token.text != ","]

    def _names_of_columns(self, names: list[Token]) -> NamesOfColumns:
        source = self.advance()
        if source.kind != "name":
            raise self._not_evaluated(source, sentence("case_statement.this_one"))
        if self.peek.text == "(" and self.tokens[self.at + 1].text != ")":
            raise self._not_evaluated(source, sentence("case_statement.this_one"))
        if self.peek.text == "(":
            self.at += 2
        return NamesOfColumns(tuple(token.text for token in names), source.text, source.line)

    def _skip_block(self) -> None:
        """To the word that closes the block, which stands here."""
        depth, brackets = 0, 0
        while self.peek.kind != "end":
            token = self.advance()
            brackets += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
            if token.kind == "name" and brackets <= 0:
                depth += (token.text in BLOCKS) - (token.text in CLOSES_BLOCK)
                if depth == 0:
                    return


def _can_be_set(target: Expression) -> bool:
    """A name or a field, or an index of one."""
    if isinstance(target, Call):
        target = target.of
    while isinstance(target, Field):
        target = target.of
    return isinstance(target, Name)
