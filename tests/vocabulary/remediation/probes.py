def finding_record(world): return {}
def finding_texts(world): return []
def notifications(world, want): return []
