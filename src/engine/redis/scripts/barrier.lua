-- Publishes a barrier message, which has no changes: its receiver has all earlier messages.
-- ARGV: channel, origin, in_cluster.
return publish(ARGV[1], ARGV[2], ARGV[3] == '1', count_subscribers(ARGV[1]), {''})
