use super::*;

fn table() -> (PresenceTable, UserId, Name) {
    (PresenceTable::default(), UserId::parse("u").unwrap(), Name::parse("Ann").unwrap())
}

fn ann() -> Looks {
    Name::parse("ann").unwrap().looks()
}

fn there(user: &UserId, name: &Name, away: bool) -> PresentUser {
    PresentUser { user: user.clone(), name: name.clone(), away, gone: false, hides: false }
}

#[test]
fn a_reload_within_the_grace_period_is_not_noticed() {
    let (mut table, user, name) = table();
    assert_eq!(table.attach(&user, &name, SessionId(1)), Change::Online);
    assert_eq!(table.detach(&user, SessionId(1), Moment(100)), Change::None);
    assert_eq!(table.attach(&user, &name, SessionId(2)), Change::None);
    assert_eq!(table.take_ended(Moment(1_000)), None);
    table.detach(&user, SessionId(2), Moment(1_100));
    assert_eq!(table.take_ended(Moment(1_099)), None);
    let ended = table.take_ended(Moment(1_100)).unwrap();
    assert_eq!((ended.who.user, ended.left_here, ended.change), (user, true, Change::Offline { name, hides: false }));
    assert_eq!(table.len(), 0);
}

#[test]
fn a_user_is_away_only_on_all_devices() {
    let (mut table, user, name) = table();
    table.attach(&user, &name, SessionId(1));
    table.attach(&user, &name, SessionId(2));
    assert_eq!(table.set_away(&user, SessionId(1), true), Change::None);
    assert_eq!(table.set_away(&user, SessionId(2), true), Change::Away);
    assert_eq!(table.set_away(&user, SessionId(1), false), Change::Online);
    assert_eq!(table.detach(&user, SessionId(1), Moment(9)), Change::Away);
}

#[test]
fn another_name_is_told_once_wherever_it_came_from() {
    let (mut table, user, ann) = table();
    let (anna, annie) = (Name::parse("Anna").unwrap(), Name::parse("Annie").unwrap());
    let node = Lease { node: 2, incarnation: 1 };
    assert!(!table.rename(&user, &anna), "the user is not present");
    assert_eq!(table.len(), 0);
    table.attach(&user, &ann, SessionId(1));
    assert!(!table.rename(&user, &ann));
    assert!(table.rename(&user, &anna));
    assert!(!table.rename(&user, &anna));
    assert_eq!(table.set_elsewhere(node, &user, Some(&there(&user, &ann, false))), Change::None);
    assert!(!table.rename(&user, &anna), "what this node knows by itself holds");

    let other = UserId::parse("v").unwrap();
    table.set_elsewhere(node, &other, Some(&there(&other, &ann, false)));
    assert_eq!(table.set_elsewhere(node, &other, Some(&there(&other, &annie, false))), Change::None);
    assert!(table.rename(&other, &annie), "the subscribers have not been told what the node has");
    assert!(!table.rename(&other, &annie));
}

#[test]
fn the_first_are_listed_anew_when_one_of_them_changes_and_not_before() {
    let (mut table, _, name) = table();
    let user = |n: usize| UserId::parse(format!("u{n:03}")).unwrap();
    for n in 1..=crate::limits::ROSTER {
        table.attach(&user(n), &name, SessionId(n as u64));
        assert_eq!(table.listing().len(), n);
    }
    table.attach(&user(900), &name, SessionId(900));
    table.attach(&user(901), &name, SessionId(901));
    let first = table.listing();
    table.attach(&user(902), &name, SessionId(902));
    table.remove(&user(900));
    assert!(Arc::ptr_eq(&first, &table.listing()));
    table.remove(&user(1));
    assert_eq!(table.listing().last().unwrap().user, user(901));
    table.remove(&user(902));
    table.attach(&user(0), &name, SessionId(0));
    assert_eq!(table.listing()[0].user, user(0));
    table.remove(&user(0));
    table.attach(&user(2), &Name::parse("Zoë").unwrap(), SessionId(2));
    assert_eq!(table.listing()[0].shown(), "Zoë");
}

#[test]
fn who_comes_back_from_being_away_is_told_of_even_after_a_pause() {
    let (mut table, user, name) = table();
    table.attach(&user, &name, SessionId(1));
    assert_eq!(table.set_away(&user, SessionId(1), true), Change::Away);
    assert_eq!(table.detach(&user, SessionId(1), Moment(100)), Change::None);
    assert_eq!(table.attach(&user, &name, SessionId(2)), Change::Online);
}

#[test]
fn a_user_is_present_as_long_as_any_node_says_so() {
    let (mut table, user, name) = table();
    let [one, other] = [1, 2].map(|node| Lease { node, incarnation: 7 });
    assert_eq!(table.set_elsewhere(one, &user, Some(&there(&user, &name, true))), Change::Away);
    assert_eq!(table.set_elsewhere(other, &user, Some(&there(&user, &name, false))), Change::Online);
    assert_eq!((table.len(), table.count_here(), table.has_changed()), (1, 0, false));
    assert_eq!(table.attach(&user, &name, SessionId(1)), Change::None);
    assert_eq!(table.parts().len(), 1);
    assert_eq!(table.set_elsewhere(other, &user, None), Change::None);
    assert_eq!(table.detach(&user, SessionId(1), Moment(5)), Change::Away);
    assert_eq!(table.set_elsewhere(one, &user, None), Change::None);
    let ended = table.take_ended(Moment(5)).unwrap();
    assert_eq!((ended.left_here, ended.change), (true, Change::Offline { name, hides: false }));
    assert_eq!((table.len(), table.count_here()), (0, 0));
}

#[test]
fn users_of_a_node_that_is_lost_are_present_until_their_grace_period_ends() {
    let (mut table, user, name) = table();
    let node = Lease { node: 1, incarnation: 7 };
    table.set_elsewhere(node, &user, Some(&there(&user, &name, false)));
    table.lose_node(node, [user.clone()].into_iter(), Moment(10));
    assert_eq!((table.len(), table.take_ended(Moment(9))), (1, None));
    let ended = table.take_ended(Moment(10)).unwrap();
    assert_eq!((ended.left_here, ended.change), (false, Change::Offline { name, hides: false }));
}

#[test]
fn a_name_is_held_by_who_is_connected_and_by_who_is_no_guest() {
    let (mut table, user, name) = table();
    let (guest, other) = (UserId::parse("g-1").unwrap(), UserId::parse("v").unwrap());
    assert_eq!(table.gone_namesakes(&ann(), &other), Some(vec![]));
    table.attach(&guest, &name, SessionId(1));
    assert_eq!(table.gone_namesakes(&ann(), &other), None);
    let cyrillic = Name::parse("аnn").unwrap().looks();
    let expected = if cfg!(feature = "confusables") { None } else { Some(vec![]) };
    assert_eq!(table.gone_namesakes(&cyrillic, &other), expected, "names are held that look the same");
    assert_eq!(table.gone_namesakes(&ann(), &guest), Some(vec![]));
    table.detach(&guest, SessionId(1), Moment(5));
    assert_eq!(table.gone_namesakes(&ann(), &other), Some(vec![guest]));
    table.touch(&user, &name, Moment(6));
    assert_eq!(table.gone_namesakes(&ann(), &other), None, "no guest makes way");
    while table.take_ended(Moment(6)).is_some() {}
    assert_eq!(table.gone_namesakes(&ann(), &other), Some(vec![]));
}

#[test]
fn a_guest_makes_way_once_no_node_has_them_connected() {
    let (mut table, other, name) = table();
    let (guest, node) = (UserId::parse("g-1").unwrap(), Lease { node: 7, incarnation: 1 });
    table.expect(&guest, &name, Moment(9));
    assert_eq!(table.gone_namesakes(&ann(), &other), None, "their node has yet to tell of them");
    table.set_elsewhere(node, &guest, Some(&there(&guest, &name, false)));
    table.touch(&guest, &name, Moment(5));
    assert_eq!(table.gone_namesakes(&ann(), &other), None);
    let gone = PresentUser { gone: true, ..there(&guest, &name, false) };
    table.set_elsewhere(node, &guest, Some(&gone));
    assert_eq!(table.gone_namesakes(&ann(), &other), Some(vec![guest.clone()]));
    table.attach(&guest, &name, SessionId(1));
    assert_eq!(table.gone_namesakes(&ann(), &other), None);
    table.detach(&guest, SessionId(1), Moment(6));
    table.set_elsewhere(node, &guest, None);
    assert_eq!(table.gone_namesakes(&ann(), &other), Some(vec![guest]));
}

#[test]
fn that_a_user_is_gone_is_told_to_other_nodes_as_is_that_they_are_back() {
    let (mut table, user, name) = table();
    let told = |table: &mut PresenceTable| {
        let changed = table.take_changed().count();
        (changed, table.parts().into_values().flatten().map(|there| there.gone).next())
    };
    table.attach(&user, &name, SessionId(1));
    assert_eq!(told(&mut table), (1, Some(false)));
    table.detach(&user, SessionId(1), Moment(9));
    assert_eq!(told(&mut table), (1, Some(true)));
    table.attach(&user, &name, SessionId(2));
    assert_eq!(told(&mut table), (1, Some(false)));
}

#[test]
fn a_guest_who_joins_on_another_node_is_expected_though_others_have_them_gone() {
    let (mut table, other, name) = table();
    let (guest, node) = (UserId::parse("g-1").unwrap(), Lease { node: 7, incarnation: 1 });
    let gone = PresentUser { gone: true, ..there(&guest, &name, false) };
    table.set_elsewhere(node, &guest, Some(&gone));
    table.touch(&guest, &name, Moment(5));
    assert_eq!(table.gone_namesakes(&ann(), &other), Some(vec![guest.clone()]));
    table.expect(&guest, &name, Moment(9));
    assert_eq!(table.gone_namesakes(&ann(), &other), None);
    while table.take_ended(Moment(9)).is_some() {}
    assert_eq!(table.gone_namesakes(&ann(), &other), Some(vec![guest.clone()]));
    table.set_elsewhere(node, &guest, Some(&there(&guest, &name, false)));
    table.expect(&guest, &name, Moment(20));
    assert_eq!(table.next_end(), None, "a node that has them is believed");
}
