-- Counts the live entries of a group. ARGV: bucket, name.
return count_live(new_group(ARGV[1], ARGV[2]))
