-- Administrators list private rooms, too.
CREATE INDEX users_rooms ON rooms (kind, room_id)
    WHERE kind IN ('public', 'private') AND epoch <> 0 AND coalesce(substr(creator, 1, 2), '') <> 'g-';
DROP INDEX public_rooms;
