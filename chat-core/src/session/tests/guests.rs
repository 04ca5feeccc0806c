//! Guests of one address: how many there may be, and where they may not come in.

use std::net::IpAddr;

use super::*;
use crate::{ClientId, Limits, NewRoom, Receipt};

struct Place {
    chat: Chat,
    service: Arc<Service>,
    room: RoomId,
}

impl Place {
    async fn new(change: impl FnOnce(&mut Limits)) -> Self {
        let mut limits = Limits::default();
        change(&mut limits);
        let chat = Chat::builder().limits(limits).guests(true).build();
        let service = connect(&chat).0.session.service.clone();
        let room =
            chat.create_room(&caller("owner"), NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room;
        Self { chat, service, room }
    }

    /// A client at an address, of whom nothing else is known yet.
    fn client(&self, caller: Option<Caller>, address: Option<IpAddr>) -> (Requests, Outgoing) {
        halves(Session::begin(self.service.clone(), self.chat.wire(Codes), caller, None, address))
    }

    fn guest(&self, name: &str, address: Option<IpAddr>) -> Result<Caller, Refusal> {
        self.chat.guest_from(Name::parse(name).unwrap(), address).map(|(guest, _)| guest)
    }

    fn join(&self, username: Option<&str>) -> Call {
        let username = username.map(|name| Name::parse(name).unwrap());
        Call::Join { room: self.room.clone(), username, guest_token: None, invite: None, client_id: None }
    }

    /// A guest joins by the wire alone.
    async fn comes(&self, name: &str, address: Option<IpAddr>) -> Result<(Requests, Outgoing), Refusal> {
        let (requests, outgoing) = self.client(None, address);
        requests.call(self.join(Some(name))).await?;
        Ok((requests, outgoing))
    }

    async fn owner(&self, op: crate::Op) -> Receipt {
        let command = Command { client_id: None, op };
        self.chat.command(&caller("owner"), &self.room, command).await.unwrap()
    }

    async fn ban(&self, user: &UserId) {
        self.owner(crate::Op::Ban { user: user.clone(), reason: None }).await;
    }
}

fn at(last: u8) -> Option<IpAddr> {
    Some(IpAddr::from([192, 0, 2, last]))
}

fn code<T>(result: Result<T, Refusal>) -> Option<Code> {
    result.err().map(|refusal| refusal.code)
}

#[tokio::test(start_paused = true)]
async fn so_many_guests_are_made_at_an_address_in_a_minute_in_whatever_way() {
    let place = Place::new(|limits| limits.guests_per_minute = Some(3)).await;
    let _first = place.comes("a", at(1)).await.unwrap();
    place.guest("b", at(1)).unwrap();
    let _third = place.comes("c", at(1)).await.unwrap();
    let refused = place.comes("d", at(1)).await.err().unwrap();
    assert_eq!(refused.code, Code::RateLimited);
    let details = r#"{"limit":"guests-per-minute","most":3,"retryAfterSeconds":20}"#;
    assert_eq!(refused.details.as_deref(), Some(details));
    assert_eq!(code(place.guest("d", at(1))), Some(Code::RateLimited));
    place.guest("d", at(2)).unwrap();
    for n in 0..100 {
        place.guest(&format!("e{n}"), None).unwrap();
    }
    tokio::time::advance(Duration::from_secs(20)).await;
    place.guest("f", at(1)).unwrap();
    assert_eq!(code(place.guest("g", at(1))), Some(Code::RateLimited));
}

#[tokio::test(start_paused = true)]
async fn so_many_sessions_of_guests_are_there_from_an_address_at_one_time() {
    let place = Place::new(|limits| limits.guest_sessions = Some(2)).await;
    let gus = place.guest("gus", at(1)).unwrap();
    let (_requests, first) = place.client(Some(gus.clone()), at(1));
    let _second = place.comes("b", at(1)).await.unwrap();
    assert_eq!(code(place.comes("c", at(1)).await), Some(Code::RateLimited));
    let (_, mut again) = place.client(Some(gus.clone()), at(1));
    assert_eq!(again.next().await, Err(CloseReason::RateLimited), "who comes back counts, too");
    drop(again);
    assert_eq!(code(place.comes("c", at(1)).await), Some(Code::RateLimited), "who was refused counts for nobody");
    let (users, _outgoing) = place.client(Some(caller("ann")), at(1));
    users.call(place.join(None)).await.unwrap();
    let _elsewhere = place.comes("c", at(2)).await.unwrap();
    drop(first);
    let _third = place.comes("d", at(1)).await.unwrap();
    assert_eq!(code(place.comes("e", at(1)).await), Some(Code::RateLimited));
}

#[tokio::test(start_paused = true)]
async fn where_a_banned_guest_came_from_no_other_comes_in() {
    let place = Place::new(|_| {}).await;
    let other = place.chat.create_room(&caller("owner"), NewRoom::public(Name::parse("Other").unwrap())).await.unwrap();
    let (mallory, _outgoing) = place.comes("mallory", at(1)).await.unwrap();
    let early = place.guest("early", at(1)).unwrap();
    let id = ClientId::parse("c").ok();
    let join = Call::Join { room: place.room.clone(), username: None, guest_token: None, invite: None, client_id: id };
    let seq = async || match place.chat.call(&early, join.clone()).await {
        Ok(Reply::Committed { receipt, .. }) => receipt.seq,
        other => panic!("{other:?}"),
    };
    let joined = seq().await;
    let mallory = mallory.caller().unwrap();
    place.ban(&mallory.user).await;
    assert_eq!(code(place.comes("mallory2", at(1)).await), Some(Code::Banned));
    let again = place.guest("mallory3", at(1)).unwrap();
    assert_eq!(code(place.chat.call(&again, place.join(None)).await), Some(Code::Banned), "nor over REST");
    assert_eq!(seq().await, joined, "a retry is no new join");
    let elsewhere = Call::Join { room: other.room, username: None, guest_token: None, invite: None, client_id: None };
    place.chat.call(&again, elsewhere).await.unwrap();
    let _innocent = place.comes("gus", at(2)).await.unwrap();
    let (user, _outgoing) = place.client(Some(caller("ann")), at(1));
    user.call(place.join(None)).await.unwrap();
    place.owner(crate::Op::Unban { user: mallory.user.clone() }).await;
    let _unbanned = place.comes("mallory4", at(1)).await.unwrap();
    place.ban(&mallory.user).await;
    tokio::time::advance(Duration::from_millis(Limits::default().guest_ban_ms - 1)).await;
    assert_eq!(code(place.comes("mallory5", at(1)).await), Some(Code::Banned));
    tokio::time::advance(Duration::from_millis(1)).await;
    let _later = place.comes("mallory6", at(1)).await.unwrap();
    assert_eq!(code(place.chat.call(&mallory, place.join(None)).await), Some(Code::Banned), "the one who was banned");
}

#[tokio::test(start_paused = true)]
async fn a_guest_who_has_gone_before_they_are_banned_has_come_from_somewhere() {
    let place = Place::new(|_| {}).await;
    let (mallory, outgoing) = place.comes("mallory", at(1)).await.unwrap();
    let user = mallory.caller().unwrap().user;
    drop((mallory, outgoing));
    tokio::time::sleep(Duration::from_secs(60)).await;
    place.ban(&user).await;
    assert_eq!(code(place.comes("mallory2", at(1)).await), Some(Code::Banned));
}
