-- A room's invitations by link, as JSON: few rooms have any, and all of them are read and written together.
ALTER TABLE rooms ADD COLUMN invites TEXT;
