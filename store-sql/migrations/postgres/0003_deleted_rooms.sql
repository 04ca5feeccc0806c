-- Whoever moves rooms lists the ids that stay reserved.
CREATE INDEX deleted_rooms ON rooms (room_id) WHERE epoch = 0;
