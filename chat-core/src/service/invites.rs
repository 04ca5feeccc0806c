//! Invitations by link. A room knows the keys of codes alone; a code is made of a salt, which its room keeps, and the engine's
//! secret, so that those who may invite are told it again.

use std::collections::HashMap;

use chat_model::room::{Answer, Inquiry};
use hmac::Mac as _;

use super::{Service, another_answer, call::store_failed};
use crate::{
    Body, Caller, ClientId, Code, Command, Invite, InviteCode, InviteKey, ListedInvite, Name, Op, Receipt, Refusal,
    Reply, RoomId, RoomRecord, Timestamp, UserId, Who, Window, guest::mac,
};

impl Service {
    /// Makes an invitation, and says its code. Asked again under its client id, it says the same code to who may see invitations.
    pub(super) async fn make_invite(
        &self,
        caller: &Caller,
        room: RoomId,
        (expires, uses): (Option<Timestamp>, Option<u32>),
        client_id: Option<ClientId>,
    ) -> Result<Reply, Refusal> {
        let salt = format!("{:032x}", self.node.environment.random());
        let key = self.code(&room, &salt).key();
        let op = Op::MakeInvite { key: key.clone(), salt: salt.into(), expires, uses };
        op.check()?;
        let command = Command { client_id: client_id.clone(), op };
        let receipt = self.command(caller.clone(), &room, command).await?;
        let invite = self.made(&room, receipt).await?;
        if invite.key != key {
            // It was made by an earlier request, and who asks again may not see invitations any more.
            self.ask_now(caller, &room, Inquiry::Invites).await?;
        }
        let code = self.code_of(&room, &invite);
        if code.is_none() {
            return Err(Refusal::new(Code::InviteNotFound, "the invitation's code is not known any more"));
        }
        let by = Who { user: caller.user.clone(), name: Some(caller.name.clone()) };
        Ok(Reply::InviteMade { room, invite: Box::new(ListedInvite { invite, code, by }), client_id })
    }

    /// The room's invitations, for those who may invite.
    pub(super) async fn invites(&self, caller: &Caller, room: RoomId) -> Result<Reply, Refusal> {
        // A code is good for whoever has it, so that nobody is told it who was removed on another node.
        let Answer::Invites(invites) = self.ask_now(caller, &room, Inquiry::Invites).await? else {
            return Err(another_answer());
        };
        let makers = invites.iter().map(|invite| invite.by.clone()).collect();
        let names: HashMap<UserId, Name> = self.node.names(makers).await.map_err(store_failed)?;
        let listed = |invite: Invite| {
            let by = Who { user: invite.by.clone(), name: names.get(&invite.by).cloned() };
            ListedInvite { code: self.code_of(&room, &invite), by, invite }
        };
        let invites = invites.into_iter().map(listed).collect();
        Ok(Reply::Invites { room, invites })
    }

    /// The room, for whoever could join it by the code of this key.
    pub(super) async fn invited_to(
        &self,
        caller: &Caller,
        room: &RoomId,
        key: InviteKey,
    ) -> Result<RoomRecord, Refusal> {
        let found = async {
            let allowed = self.inquire(caller, room, Inquiry::Invite(key.clone())).await?;
            let record = self.record(room).await?;
            self.still(caller, room, Inquiry::Invite(key), allowed, record.head).await?;
            Ok(record)
        };
        found.await.map_err(Refusal::to_invited)
    }

    /// The invitation that was made by this entry, as it was then.
    async fn made(&self, room: &RoomId, Receipt { seq, .. }: Receipt) -> Result<Invite, Refusal> {
        let page = self.node.store.entries(room, Window::after(seq - 1, 1)).await.map_err(store_failed)?;
        let entry = page.items.into_iter().find(|entry| entry.seq == seq);
        match entry.map(|entry| (entry.sender, entry.at, entry.body)) {
            Some((by, at, Body::InviteMade { key, salt, expires, uses })) => {
                Ok(Invite { key, salt, by, at, expires, uses, used: 0, as_of: seq })
            }
            _ => Err(Refusal::invite_not_found()),
        }
    }

    /// An invitation's code, unless the engine's secret was another one when it was made.
    fn code_of(&self, room: &RoomId, invite: &Invite) -> Option<InviteCode> {
        Some(self.code(room, &invite.salt)).filter(|code| code.key() == invite.key)
    }

    fn code(&self, room: &RoomId, salt: &str) -> InviteCode {
        // No id holds a space, and no guest's token does.
        let mac = mac(&self.secret, &format!("invite {room} {salt}"));
        let mut secret = [0; 16];
        secret.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        InviteCode::new(room.clone(), secret)
    }

    /// Has a room judge a command of the caller's.
    async fn command(&self, caller: Caller, room: &RoomId, command: Command) -> Result<Receipt, Refusal> {
        self.give(caller, room, command, false).await
    }
}
