-- Whether the sender administrates the server; what was handed in before says of nobody that they do.
ALTER TABLE intake ADD COLUMN admin BOOLEAN NOT NULL DEFAULT false;
