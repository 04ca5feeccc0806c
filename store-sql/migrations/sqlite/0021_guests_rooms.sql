-- Rooms that guests have made (ids of guests begin with g-) are listed after those of users.
DROP INDEX public_rooms;
CREATE INDEX public_rooms ON rooms (room_id)
    WHERE kind = 'public' AND epoch <> 0 AND coalesce(substr(creator, 1, 2), '') <> 'g-';
CREATE INDEX guests_rooms ON rooms (kind, room_id) WHERE epoch <> 0 AND substr(creator, 1, 2) = 'g-';
