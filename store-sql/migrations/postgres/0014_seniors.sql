-- Members who are no guests by rank: the names of roles are in the order of roles.
CREATE INDEX seniors ON members (room, role DESC, since) WHERE role IS NOT NULL AND NOT guest;
