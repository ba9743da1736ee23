//! The dialect of templates: the part of Jinja with which no template can hang a process or exhaust
//! its memory.
//!
//! The template engine limits the instructions that a template runs, but neither the memory of one
//! instruction nor the depth of its own parser. So every construct is refused that makes a value
//! larger than its operands (`~`, `*`, `+`, `set`, macros, lists of variables), and the depth is
//! checked before the template is parsed.

use std::collections::BTreeSet;

use minijinja::machinery::ast::{BinOpKind, CallArg, Expr, Stmt, UnaryOpKind};
use minijinja::machinery::{Span, Token, parse, tokenize};
use minijinja::syntax::SyntaxConfig;

use crate::error::{Error, ErrorKind, Result};

/// The name by which a template reaches keys that are not identifiers: `group["any key"]`.
pub(super) const GROUP: &str = "group";
/// The most tokens in one tag.
const TAG_TOKENS_MAX: usize = 256;
/// The deepest nesting of brackets within a tag.
const BRACKETS_MAX: usize = 32;
/// The deepest nesting of loops, conditions and their branches.
const NESTING_MAX: usize = 64;

/// Returns the names of the keys that a template mentions; fails with [`ErrorKind::Argument`] if it
/// leaves the dialect, and with [`ErrorKind::TooLarge`] if it is over a limit of tokens or depth.
///
/// The names of the elements of loops are included; they are read as keys without effect.
pub(super) fn names(template: &str) -> Result<BTreeSet<String>> {
    check_depth(template)?;
    let parsed = parse(template, "template", dialect()?).map_err(|error| explain(&error))?;
    let mut names = Names(BTreeSet::new());
    names.statement(&parsed)?;
    Ok(names.0)
}

/// Fails if a recursive parser would go too deep.
fn check_depth(template: &str) -> Result<()> {
    let (mut tokens, mut brackets, mut is_first) = (0, 0_usize, false);
    let mut depth = 0_usize;
    // The depth before each open loop or condition.
    let mut before = Vec::new();
    for token in tokenize(template, false, dialect()?) {
        let (token, span) = token.map_err(|error| explain(&error))?;
        tokens += 1;
        match token {
            Token::TemplateData(_) | Token::VariableStart | Token::BlockStart => {
                (tokens, brackets) = (0, 0);
            }
            Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => brackets += 1,
            Token::ParenClose | Token::BracketClose | Token::BraceClose => {
                brackets = brackets.saturating_sub(1);
            }
            Token::Ident("if" | "for") if is_first => {
                before.push(depth);
                depth += 1;
            }
            // In the syntax tree a branch is nested in the branch before it.
            Token::Ident("elif") if is_first => depth += 1,
            Token::Ident("endif" | "endfor") if is_first => depth = before.pop().unwrap_or(0),
            _ => {}
        }
        is_first = matches!(token, Token::BlockStart);
        for (what, count, max) in [
            ("tokens in a tag", tokens, TAG_TOKENS_MAX),
            ("brackets in each other", brackets, BRACKETS_MAX),
            ("loops, conditions and branches in each other", depth, NESTING_MAX),
        ] {
            if count > max {
                let message = format!("line {}: more than {max} {what}", span.start_line);
                return Err(Error::new(ErrorKind::TooLarge, message));
            }
        }
    }
    Ok(())
}

fn refused(span: Span, what: &str) -> Error {
    let message = format!("line {}: a template here has no {what}", span.start_line);
    Error::new(ErrorKind::Argument, message)
}

/// The names found so far.
struct Names(BTreeSet<String>);

impl Names {
    fn statements(&mut self, statements: &[Stmt<'_>]) -> Result<()> {
        statements.iter().try_for_each(|statement| self.statement(statement))
    }

    fn statement(&mut self, statement: &Stmt<'_>) -> Result<()> {
        match statement {
            Stmt::Template(it) => self.statements(&it.children),
            Stmt::EmitRaw(_) => Ok(()),
            Stmt::EmitExpr(it) => self.expression(&it.expr),
            Stmt::IfCond(it) => {
                self.expression(&it.expr)?;
                self.statements(&it.true_body)?;
                self.statements(&it.false_body)
            }
            Stmt::ForLoop(it) => {
                match &it.target {
                    Expr::Var(target) if target.id != GROUP => {}
                    target => return Err(refused(target.span(), "such target of a loop")),
                }
                if it.recursive {
                    return Err(refused(it.span(), "recursive loops"));
                }
                self.expression(&it.iter)?;
                self.optional(it.filter_expr.as_ref())?;
                self.statements(&it.body)?;
                self.statements(&it.else_body)
            }
            Stmt::WithBlock(it) => Err(refused(it.span(), "with")),
            Stmt::Set(it) => Err(refused(it.span(), "set")),
            Stmt::SetBlock(it) => Err(refused(it.span(), "set")),
            Stmt::AutoEscape(it) => Err(refused(it.span(), "autoescape")),
            Stmt::FilterBlock(it) => Err(refused(it.span(), "filter blocks")),
            Stmt::Do(it) => Err(refused(it.span(), "do")),
        }
    }

    fn expression(&mut self, expression: &Expr<'_>) -> Result<()> {
        match expression {
            Expr::Const(_) => Ok(()),
            Expr::Var(it) if it.id == GROUP => Err(refused(it.span(), "group without a key")),
            Expr::Var(it) => self.name(it.id),
            Expr::GetAttr(it) if is_group(&it.expr) => self.name(it.name),
            Expr::GetAttr(it) => self.expression(&it.expr),
            Expr::GetItem(it) if is_group(&it.expr) => match &it.subscript_expr {
                Expr::Const(key) => self.name(key.value.as_str().unwrap_or_default()),
                key => self.expression(key),
            },
            Expr::GetItem(it) => {
                self.expression(&it.expr)?;
                self.expression(&it.subscript_expr)
            }
            Expr::UnaryOp(it) => match it.op {
                UnaryOpKind::Not | UnaryOpKind::Neg => self.expression(&it.expr),
            },
            Expr::BinOp(it) => {
                if is_arithmetic(it.op) {
                    return Err(refused(it.span(), "arithmetic and joining of text"));
                }
                self.expression(&it.left)?;
                self.expression(&it.right)
            }
            Expr::Compare(it) => {
                self.expression(&it.expr)?;
                it.ops.iter().try_for_each(|operand| self.expression(&operand.expr))
            }
            Expr::IfExpr(it) => {
                self.expression(&it.test_expr)?;
                self.expression(&it.true_expr)?;
                self.optional(it.false_expr.as_ref())
            }
            Expr::Filter(it) => {
                self.optional(it.expr.as_ref())?;
                self.arguments(&it.args, it.span())
            }
            Expr::Test(it) => {
                self.expression(&it.expr)?;
                self.arguments(&it.args, it.span())
            }
            Expr::List(it) if it.as_const().is_some() => Ok(()),
            Expr::List(it) => Err(refused(it.span(), "lists of anything but constants")),
            Expr::Tuple(it) => Err(refused(it.span(), "tuples")),
            Expr::Map(it) => Err(refused(it.span(), "maps")),
            Expr::Slice(it) => Err(refused(it.span(), "slices")),
            Expr::Call(it) => Err(refused(it.span(), "calls")),
        }
    }

    fn optional(&mut self, expression: Option<&Expr<'_>>) -> Result<()> {
        expression.map_or(Ok(()), |expression| self.expression(expression))
    }

    fn arguments(&mut self, arguments: &[CallArg<'_>], span: Span) -> Result<()> {
        arguments.iter().try_for_each(|argument| match argument {
            CallArg::Pos(expression) => self.expression(expression),
            _ => Err(refused(span, "named arguments")),
        })
    }

    fn name(&mut self, name: &str) -> Result<()> {
        self.0.insert(name.to_owned());
        Ok(())
    }
}

fn is_group(expression: &Expr<'_>) -> bool {
    matches!(expression, Expr::Var(it) if it.id == GROUP)
}

/// Returns whether an operator makes a new value, rather than compares or selects.
fn is_arithmetic(operator: BinOpKind) -> bool {
    match operator {
        BinOpKind::Eq
        | BinOpKind::Ne
        | BinOpKind::Lt
        | BinOpKind::Lte
        | BinOpKind::Gt
        | BinOpKind::Gte
        | BinOpKind::ScAnd
        | BinOpKind::ScOr
        | BinOpKind::In => false,
        BinOpKind::Add
        | BinOpKind::Sub
        | BinOpKind::Mul
        | BinOpKind::Div
        | BinOpKind::FloorDiv
        | BinOpKind::Rem
        | BinOpKind::Pow
        | BinOpKind::Concat => true,
    }
}

/// Returns the syntax of templates: that of Jinja, except that a line end at the end stays.
pub(super) fn dialect() -> Result<SyntaxConfig> {
    let built = SyntaxConfig::builder().keep_trailing_newline(true).build();
    built.map_err(|error| explain(&error))
}

/// Returns the error of a call for an error of the template engine.
pub(super) fn explain(error: &minijinja::Error) -> Error {
    let kind = match error.kind() {
        minijinja::ErrorKind::OutOfFuel => ErrorKind::TooLarge,
        _ => ErrorKind::Argument,
    };
    let what = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    let place = error.line().map(|line| format!("line {line}: ")).unwrap_or_default();
    Error::new(kind, format!("{place}{what}"))
}
