-- Sends an empty message, so that who hears it knows where in the order of changes it stands.
-- ARGV: channel, origin, in_cluster.
return tell(ARGV[1], ARGV[2], ARGV[3] == '1', audience_of(ARGV[1]), {''})
