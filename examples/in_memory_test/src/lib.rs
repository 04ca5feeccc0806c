//! Run the tests with `cargo test -p example-in-memory-test`: how a host tests its chat code without sockets.
//!
//! This file is the host's: a rule of its own about what may be said. `tests/house_rule.rs` tests it with clients that
//! speak the wire's own frames to an engine in memory, in virtual time.

use chat_core::{Action, Builder, Chat, Code, Op, Policy, Question, Refusal, RolePolicy};

/// The host's chat: rooms in memory, the usual roles, and a rule of the house.
pub fn house_chat() -> Builder {
    Chat::builder().policy(NoShouting).guests(true)
}

/// Nobody shouts: a text all in capitals is refused. What else one may do is up to one's role.
pub struct NoShouting;

impl Policy for NoShouting {
    fn authorize(&self, question: &Question<'_>) -> Result<(), Refusal> {
        RolePolicy.authorize(question)?;
        match question.action {
            Action::Command(Op::Send(post)) if is_shouted(&post.text) => no_shouting(),
            Action::Command(Op::Edit { text, .. }) if is_shouted(text) => no_shouting(),
            _ => Ok(()),
        }
    }
}

fn no_shouting() -> Result<(), Refusal> {
    Err(Refusal::new(Code::Forbidden, "please do not shout"))
}

fn is_shouted(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphabetic()).count() > 3 && !text.chars().any(char::is_lowercase)
}
