"""From labelled data to models: language models, lexicons, classifiers, manifest."""
