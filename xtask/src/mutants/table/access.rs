//! Mutants of who may do what, and who is told what.

use super::{POLICY, ROLES};
use crate::mutants::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    // What was taken from somebody stays taken.
    Mutant {
        name: "give a room back with a lesser role",
        file: "chat-model/src/member.rs",
        find: "(self.demoted || *role < membership.role)",
        replace: "*role < membership.role",
        caught_by: ROLES,
    },
    Mutant {
        name: "leave a new owner muted",
        file: "chat-model/src/member.rs",
        find: "                        self.muted_until = None;\n",
        replace: "",
        caught_by: ROLES,
    },
    Mutant {
        name: "let a former administrator change an announcement",
        file: "chat-model/src/policy.rs",
        find: "        // An administrator may be one no more.\n        admin(question)?;",
        replace: "",
        caught_by: POLICY,
    },
    // What one may not read is not there.
    Mutant {
        name: "let newcomers react to what was before",
        file: "chat-model/src/room/judge.rs",
        find: "message.seq > floor ||",
        replace: "message.seq > 0 ||",
        caught_by: ROLES,
    },
    Mutant {
        name: "forget whose message it is that one may not read",
        file: "chat-model/src/room/judge.rs",
        find: "message.sender == caller.user ||",
        replace: "false ||",
        caught_by: ROLES,
    },
    // Nobody is shown as typing who may not write.
    Mutant {
        name: "let the muted be shown as typing",
        file: "chat-model/src/policy.rs",
        find: "            Action::Type => writer(question),",
        replace: "            Action::Type => member(question).map(drop),",
        caught_by: POLICY,
    },
    Mutant {
        name: "ask of typing what is asked of reads",
        file: "chat-model/src/room/serve.rs",
        find: "if kind == SignalKind::Typing { Action::Type } else { Action::Signal }",
        replace: "Action::Signal",
        caught_by: ROLES,
    },
    Mutant {
        name: "show everybody who types an announcement",
        file: "chat-model/src/room/serve.rs",
        find: "SignalKind::Typing if !self.tells_presence => None,",
        replace: "SignalKind::Typing if false => None,",
        caught_by: ROLES,
    },
];
